{{ placement('fi') }}
