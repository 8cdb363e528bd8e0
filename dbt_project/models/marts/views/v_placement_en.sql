{{ placement('en') }}
