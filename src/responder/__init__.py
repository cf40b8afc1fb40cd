"""Which baseline traits predict response in a tiny cohort, and how far may that be believed?

The package is a house of floors: ``study`` and ``cohort`` hold what was measured, ``features`` and
``models`` turn it into a probability, ``validate`` says what that probability is worth, and everything
above shows it to people. Importing ``responder`` itself loads nothing else.
"""

__version__ = "0.1.0"
