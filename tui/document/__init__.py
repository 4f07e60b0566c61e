"""What is worked on, without a widget: the document, its edits, and the session that screens hold."""
