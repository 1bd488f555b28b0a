"""What the program says in other languages: its English sentences found again and put in others.

Everything inside the program speaks English: errors, findings, manifests, JSON. What a person
reads is translated where it is shown, so that workers, files and other programs know one language.
"""
