"""What is asked of a vision-language model about one clip, and how its answers become an annotation."""
