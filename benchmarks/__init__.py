"""Where the README's figures come from: each file is one command (`benchmarks/README.md`)."""
