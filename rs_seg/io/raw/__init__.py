"""Raw inputs as users have them: rasters and labels of any kind."""
