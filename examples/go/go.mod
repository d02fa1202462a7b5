module tsrt

go 1.19
