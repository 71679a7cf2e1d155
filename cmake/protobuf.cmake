# SPDX-License-Identifier: Apache-2.0
#
# proto/leapmux/v1/*.proto -> build/<preset>/gen/leapmux/v1/*.pb-c.[ch], in library lm_gen.
#
# protobuf-c refuses proto3's `optional`, so the descriptors go through tools/deopt.mjs, which
# turns such a field into what it is on the wire anyhow: a oneof of one (`_field_case`).
find_program(PROTOC protoc REQUIRED)
find_program(PROTOC_GEN_C NAMES protoc-gen-c protoc-c REQUIRED)
find_program(NODE node REQUIRED)

set(PROTO_DIR ${CMAKE_SOURCE_DIR}/proto)
file(GLOB_RECURSE PROTOS CONFIGURE_DEPENDS RELATIVE ${PROTO_DIR} ${PROTO_DIR}/*.proto)
set(proto_sources)
set(proto_headers)
if(PROTOS)
    foreach(proto IN LISTS PROTOS)
        string(REGEX REPLACE "\\.proto$" "" stem ${proto})
        list(APPEND proto_sources ${GEN}/${stem}.pb-c.c)
        list(APPEND proto_headers ${GEN}/${stem}.pb-c.h)
    endforeach()
    list(TRANSFORM PROTOS PREPEND ${PROTO_DIR}/ OUTPUT_VARIABLE proto_paths)
    set(descriptors ${CMAKE_BINARY_DIR}/protos.pb)
    add_custom_command(
        OUTPUT ${proto_sources} ${proto_headers}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${GEN}
        COMMAND ${PROTOC} -I ${PROTO_DIR} -I /usr/include --include_imports
            --descriptor_set_out=${descriptors}.full ${PROTOS}
        COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tools/deopt.mjs ${descriptors}.full ${descriptors}
        COMMAND ${PROTOC} --descriptor_set_in=${descriptors} --plugin=protoc-gen-c=${PROTOC_GEN_C}
            --c_out=${GEN} ${PROTOS}
        DEPENDS ${proto_paths} ${CMAKE_SOURCE_DIR}/tools/deopt.mjs
        COMMENT "Generating C messages"
        VERBATIM)
endif()
