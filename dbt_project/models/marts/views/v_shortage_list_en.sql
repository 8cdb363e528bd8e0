{{ shortage_list('en') }}
