"""Where customers come from. A source is one file here, and keeps to `_source.Source`."""
