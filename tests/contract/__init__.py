"""What every account backend must do, written against the port alone."""
