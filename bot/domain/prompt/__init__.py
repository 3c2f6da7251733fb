"""The composer: a request in, the prompt that HeyGen reads out."""
