{{ mismatch_over_time('sv') }}
