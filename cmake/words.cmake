# SPDX-License-Identifier: Apache-2.0
#
# The 2048 fingerprint words, out of the npm package that the web client takes them from too:
# build/gen/words.txt, and gen/words.[ch] for C.
set(WORDS_PACKAGE ${CMAKE_SOURCE_DIR}/frontend/node_modules/@scure/bip39)
set(words_sources)
if(EXISTS ${WORDS_PACKAGE}/wordlists/english.js)
    set(words_sources ${GEN}/words.c ${GEN}/words.h)
    add_custom_command(
        OUTPUT ${words_sources}
        BYPRODUCTS ${CMAKE_SOURCE_DIR}/build/gen/words.txt
        COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/tools/make-words.mjs ${WORDS_PACKAGE}
            ${WORDS_SHA256} ${CMAKE_SOURCE_DIR}/build/gen/words.txt ${GEN}/words
        DEPENDS ${CMAKE_SOURCE_DIR}/tools/make-words.mjs ${WORDS_PACKAGE}/wordlists/english.js
        COMMENT "Generating the fingerprint words"
        VERBATIM)
else()
    message(STATUS "no frontend/node_modules: gen/words.h is left out (./dev build brings it)")
endif()
