# SPDX-License-Identifier: Apache-2.0
#
# Compiler flags: lm_std for all C, lm_flags with our warnings for hand-written code. Assertions
# stay on in every build: NDEBUG is never set.
set(LM_SANITIZE "" CACHE STRING "address, thread, fuzzer or empty")
option(LM_FAULTS "compile fault_here() in, for fault tests" OFF)
option(LM_HARDEN "hardening flags of the shipped program" OFF)

add_library(lm_std INTERFACE)
# generated messages include each other from below gen/, the rest is "gen/..."
target_include_directories(lm_std INTERFACE
    ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/gen)
target_compile_definitions(lm_std INTERFACE _GNU_SOURCE LEAPMUX_VERSION="${LEAPMUX_VERSION}")
if(LM_FAULTS)
    target_compile_definitions(lm_std INTERFACE FAULTS)
endif()

if(LM_HARDEN)
    target_compile_options(lm_std INTERFACE -fstack-protector-strong -fstack-clash-protection)
    # glibc 2.36 and gcc 12 are the first of ours to know level 3
    target_compile_options(lm_std INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
        target_compile_options(lm_std INTERFACE -fcf-protection)
    elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
        target_compile_options(lm_std INTERFACE -mbranch-protection=standard)
    endif()
    target_link_options(lm_std INTERFACE -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

if(LM_SANITIZE STREQUAL "address")
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(LM_SANITIZE STREQUAL "thread")
    set(sanitize -fsanitize=thread)
elseif(LM_SANITIZE STREQUAL "fuzzer")
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
    # libraries are instrumented, the programs of tests/fuzz bring libFuzzer's main()
    target_compile_options(lm_std INTERFACE -fsanitize=fuzzer-no-link)
elseif(NOT LM_SANITIZE STREQUAL "")
    message(FATAL_ERROR "LM_SANITIZE is '${LM_SANITIZE}', not address, thread, fuzzer or empty")
endif()
if(LM_SANITIZE)
    target_compile_options(lm_std INTERFACE ${sanitize} -fno-omit-frame-pointer)
    target_link_options(lm_std INTERFACE ${sanitize})
endif()

# Symbols of the static libraries stay inside: a shared library that brings the system's OpenSSL
# must not bind to ours. Not under a sanitizer: clang's runtime is such a static library, and with
# its malloc() hidden the C library allocates what our free() does not know.
if(NOT LM_SANITIZE)
    target_link_options(lm_std INTERFACE -Wl,--exclude-libs,ALL)
endif()
target_link_options(lm_std INTERFACE -Wl,--gc-sections)
target_compile_options(lm_std INTERFACE -ffunction-sections -fdata-sections)

add_library(lm_flags INTERFACE)
target_link_libraries(lm_flags INTERFACE lm_std)
target_compile_options(lm_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wvla -Wformat=2 -Wwrite-strings -Wundef>)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    # gcc warns where a text is cut on purpose by snprintf
    target_compile_options(lm_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Wno-format-truncation>)
endif()
