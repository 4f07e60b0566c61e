"""The founding report: what the engine finds, argued in sections, as Markdown or one HTML page.

`analysis` asks the engine everything once; `sections` turn the answers into `content`, which knows no format;
`markdown` and `html` write it down. A `Language` has the words and the way numbers are written.
"""
