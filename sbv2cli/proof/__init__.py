"""A finished output folder -> a page on which a person listens, looks and corrects.

manifest, timings, sounds -gather▶ ProofLine -page▶ proof.html
"""
