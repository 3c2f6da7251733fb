"""The one place where parts meet: settings in, a Bot out that starts and stops in order."""
