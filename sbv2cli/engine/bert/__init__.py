"""BERT: where its folders are, its tokenisers, its encoder, and the features of a line."""
