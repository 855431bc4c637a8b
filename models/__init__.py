"""Tables, enums and value types. Imports nothing of ours."""
