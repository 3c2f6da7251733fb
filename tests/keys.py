"""ENCRYPTION_KEYS of tests: two Fernet keys."""

FERNET_KEY = "2-X6kLzahhfUwbrsWIt-bz22EOc5g9l-3EUleqTjE4I="
OTHER_FERNET_KEY = "rHMxGojbWx67F_Xokb5WTqoOlOfNC5Ur5DA0CW2VRzw="
