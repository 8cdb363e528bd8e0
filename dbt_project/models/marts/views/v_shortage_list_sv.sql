{{ shortage_list('sv') }}
