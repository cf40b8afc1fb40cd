"""The command line: one thin file a command; importing this package loads nothing."""
