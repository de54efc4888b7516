"""What shot masks and tuning each do, shown with a model small enough to be trained on a processor in minutes."""
