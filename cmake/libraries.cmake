# SPDX-License-Identifier: Apache-2.0
#
# Third-party libraries, static wherever Debian ships a static archive, as targets ext::<name>.
# Where the system is too old (Debian 12), LM_DEPS_PREFIX names the folder that
# tools/deps-prefix.sh filled; it goes before the system's folders.
set(LM_DEPS_PREFIX "" CACHE PATH "folder of libraries that the system lacks")
if(LM_DEPS_PREFIX STREQUAL "" AND EXISTS ${CMAKE_SOURCE_DIR}/build/deps.prefix)
    file(STRINGS ${CMAKE_SOURCE_DIR}/build/deps.prefix LM_DEPS_PREFIX LIMIT_COUNT 1)
endif()

if(LM_DEPS_PREFIX)
    set(OPENSSL_ROOT_DIR ${LM_DEPS_PREFIX})
    list(PREPEND CMAKE_PREFIX_PATH ${LM_DEPS_PREFIX})
endif()
set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL ${OPENSSL_MIN} REQUIRED COMPONENTS Crypto SSL)
find_package(Threads REQUIRED)

# lm_library(NAME HEADER h LIBS names of the archive, best first [AFTER more])
#   makes ext::NAME; a missing library is told by name when something is configured without it.
function(lm_library name)
    cmake_parse_arguments(arg "" "HEADER" "LIBS;AFTER" ${ARGN})
    find_path(${name}_INCLUDE ${arg_HEADER} HINTS ${LM_DEPS_PREFIX}/include)
    find_library(${name}_LIBRARY NAMES ${arg_LIBS} HINTS ${LM_DEPS_PREFIX}/lib)
    if(NOT ${name}_INCLUDE OR NOT ${name}_LIBRARY)
        message(FATAL_ERROR "${name} not found (${arg_HEADER}, ${arg_LIBS}): run ./dev build, "
                            "which brings what is missing")
    endif()
    add_library(ext::${name} UNKNOWN IMPORTED)
    set_target_properties(ext::${name} PROPERTIES IMPORTED_LOCATION ${${name}_LIBRARY})
    if(NOT ${name}_INCLUDE STREQUAL "/usr/include")
        set_target_properties(ext::${name} PROPERTIES
            INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE})
    endif()
    if(arg_AFTER)
        set_target_properties(ext::${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${arg_AFTER}")
    endif()
endfunction()

add_library(lm_ext_crypto INTERFACE)
target_link_libraries(lm_ext_crypto INTERFACE OpenSSL::Crypto)

lm_library(uv HEADER uv.h LIBS libuv_a.a libuv.a uv AFTER Threads::Threads ${CMAKE_DL_LIBS} rt)
lm_library(sqlite3 HEADER sqlite3.h LIBS libsqlite3.a AFTER Threads::Threads ${CMAKE_DL_LIBS} m)
lm_library(zstd HEADER zstd.h LIBS libzstd.a)
lm_library(yaml HEADER yaml.h LIBS libyaml.a)
lm_library(protobufc HEADER protobuf-c/protobuf-c.h LIBS libprotobuf-c.a)
lm_library(llhttp HEADER llhttp.h LIBS libllhttp.a)
# Debian ships it shared only; the prefix of Debian 12 holds a static one.
lm_library(yyjson HEADER yyjson.h LIBS libyyjson.a yyjson)
