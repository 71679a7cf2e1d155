# SPDX-License-Identifier: Apache-2.0
#
# One static library for each folder that tools/layers.txt names: lm_<folder>, with "_" for "/".
# It links the folders that its line names, so a folder cannot even link what it may not include.
# An empty folder is an interface library: it may be filled at any time.

# What each folder takes from outside, beyond the C library.
set(EXT_base ext::yyjson Threads::Threads m)
set(EXT_gen ext::protobufc)
set(EXT_crypto lm_ext_crypto)
set(EXT_loop ext::uv)
set(EXT_net ext::llhttp lm_assets)
set(EXT_rpc ext::protobufc ext::yyjson)
set(EXT_proc util)
set(EXT_store ext::sqlite3)
set(EXT_hub ext::protobufc lm_assets)
set(EXT_worker ext::protobufc ext::yyjson ext::zstd)
set(EXT_cli ext::yaml)

# Generated files by folder.
set(GEN_gen ${proto_sources} ${proto_headers} ${words_sources})
set(GEN_store_hub ${sql_hub})
set(GEN_store_worker ${sql_worker})

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/layers.txt)
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/layers.txt lines REGEX "^[a-z0-9/]+:")
set(folders)
foreach(line IN LISTS lines)
    string(REGEX REPLACE "#.*" "" line "${line}")
    string(REGEX MATCH "^([a-z0-9/]+):(.*)$" _ "${line}")
    set(folder ${CMAKE_MATCH_1})
    string(STRIP "${CMAKE_MATCH_2}" uses)
    string(REPLACE "/" "_" target ${folder})
    string(REPLACE "/" "_" uses "${uses}")
    separate_arguments(uses)
    list(APPEND folders ${folder})
    set(uses_${target} ${uses})
endforeach()

set(LM_ALL)
foreach(folder IN LISTS folders)
    string(REPLACE "/" "_" target ${folder})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.c)
    # files of a folder below that is a library of its own; and main(), which tests do not link
    foreach(other IN LISTS folders)
        if(other MATCHES "^${folder}/")
            list(FILTER sources EXCLUDE REGEX "/src/${other}/")
        endif()
    endforeach()
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/src/cli/main.c)
    set(links ${uses_${target}})
    list(TRANSFORM links PREPEND lm_)
    if(sources OR GEN_${target})
        add_library(lm_${target} STATIC ${sources} ${GEN_${target}})
        target_link_libraries(lm_${target} PUBLIC ${links} ${EXT_${target}} lm_std)
        if(sources AND NOT target STREQUAL "gen")
            target_link_libraries(lm_${target} PRIVATE lm_flags)
        endif()
    else()
        add_library(lm_${target} INTERFACE)
        target_link_libraries(lm_${target} INTERFACE ${links} ${EXT_${target}} lm_std)
    endif()
    list(APPEND LM_ALL lm_${target})
endforeach()
set(LM_ALL ${LM_ALL} CACHE INTERNAL "every library of ours")

# Everything that is generated, for ./dev generate.
add_custom_target(generated DEPENDS ${GEN_gen} ${sql_sources} ${asset_outputs})
