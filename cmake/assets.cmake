# SPDX-License-Identifier: Apache-2.0
#
# The built page (build/frontend) as one blob inside the program: target lm_assets, gen/assets.h.
# Without a built page the table is empty.
set(LM_ASSETS_DIR ${CMAKE_SOURCE_DIR}/build/frontend CACHE PATH "the built web client")
file(GLOB_RECURSE asset_files CONFIGURE_DEPENDS ${LM_ASSETS_DIR}/*)
set(asset_outputs ${GEN}/assets.h ${GEN}/assets.c ${GEN}/assets.S ${GEN}/assets.bin)
add_custom_command(
    OUTPUT ${asset_outputs}
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tools/pack-assets.mjs ${LM_ASSETS_DIR} ${GEN}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/pack-assets.mjs ${asset_files}
    COMMENT "Packing the web client"
    VERBATIM)
set_source_files_properties(${GEN}/assets.S PROPERTIES OBJECT_DEPENDS ${GEN}/assets.bin)
add_library(lm_assets STATIC ${asset_outputs})
target_link_libraries(lm_assets PRIVATE lm_std)
target_include_directories(lm_assets PUBLIC ${CMAKE_BINARY_DIR})
