"""A routing and a catalogue as matrices: names become indices here and only here."""
