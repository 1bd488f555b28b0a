"""What only training needs beside the network that speaks."""
