"""A second ear: a recogniser writes down what it hears, and what differs from the reading is told.

It hears what is garbled, cut off or said twice. It does not hear that a word was misread on
purpose: it is compared with the phones that the voice was given, not with what was meant.
"""
