"""The ground floor: plain words, types and rules that need nothing but the standard library."""
