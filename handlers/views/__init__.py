"""Pure builders of modal views: values in, dict out."""
