"""Imported before everything else by the process that workers are forked from; they inherit what is set here."""

from responder.process import collect_seldom

collect_seldom()
