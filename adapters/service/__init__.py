"""What every long-running platform needs: the inbox, the courier, the ticker, health."""
