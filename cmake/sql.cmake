# SPDX-License-Identifier: Apache-2.0
#
# SQL of a database -> typed C functions, checked against the migrated schema while building:
# src/store/<name>/{migrations,queries}/*.sql -> gen/store/<name>_sql.[ch].
set(sql_sources)
set(sql_hub)
set(sql_worker)
if(EXISTS ${CMAKE_SOURCE_DIR}/tools/sqlgen/main.c)
    file(GLOB sqlgen_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/sqlgen/*.c)
    add_executable(sqlgen ${sqlgen_sources})
    target_link_libraries(sqlgen PRIVATE lm_flags ext::sqlite3)
    foreach(name hub worker)
        set(dir ${CMAKE_SOURCE_DIR}/src/store/${name})
        file(GLOB sql CONFIGURE_DEPENDS ${dir}/migrations/*.sql ${dir}/queries/*.sql)
        if(sql)
            set(sql_${name} ${GEN}/store/${name}_sql.c ${GEN}/store/${name}_sql.h)
            add_custom_command(
                OUTPUT ${sql_${name}}
                COMMAND ${CMAKE_COMMAND} -E make_directory ${GEN}/store
                # a leak in a program that ends is none: do not fail a sanitized build for it
                COMMAND ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0
                    $<TARGET_FILE:sqlgen> --schema ${dir}/migrations --queries ${dir}/queries
                    --name ${name} --out-c ${GEN}/store/${name}_sql.c
                    --out-h ${GEN}/store/${name}_sql.h
                DEPENDS sqlgen ${sql}
                COMMENT "Checking and generating SQL of the ${name}"
                VERBATIM)
            list(APPEND sql_sources ${sql_${name}})
        endif()
    endforeach()
endif()
