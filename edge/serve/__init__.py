"""The HTTP server: `python -m edge serve BUNDLE...`. Comes with the extra `serve`; nothing else imports it."""
