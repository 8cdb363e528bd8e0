{{ placement('sv') }}
