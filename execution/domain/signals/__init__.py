"""What books and trades say of the market's next moments: arrays over time in, arrays or one `Signal` out."""
