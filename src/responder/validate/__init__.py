"""What a prediction is worth: resampling, significance, intervals, stability, verdicts."""
