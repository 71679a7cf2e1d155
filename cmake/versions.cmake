# SPDX-License-Identifier: Apache-2.0
# Reads the file `versions` into variables of the same names.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/versions)
file(STRINGS ${CMAKE_SOURCE_DIR}/versions lines REGEX "^[A-Z0-9_]+=")
foreach(line IN LISTS lines)
    string(REGEX MATCH "^([A-Z0-9_]+)=(.*)$" _ "${line}")
    set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()
