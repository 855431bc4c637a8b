"""Pure functions: values in, Block Kit out."""
