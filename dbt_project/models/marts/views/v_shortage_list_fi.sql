{{ shortage_list('fi') }}
