# room(NAME [PURE] [DEPS rooms...] [LIBS libraries...] [PRECOMPILED headers...])
#
# Makes the static library ag_NAME out of src/NAME/**.cpp and, with AG_TESTS, the test program
# NAME_test out of src/NAME/**_test.cpp. Headers are included as "NAME/thing.hpp", found through one
# directory that holds links to just those rooms that NAME may use: reaching elsewhere does not compile.
#
# PRECOMPILED names headers that nearly every file of the room includes, and that take long to read. Each file includes
# what it uses all the same.
function(room NAME)
  cmake_parse_arguments(ROOM "PURE" "" "DEPS;LIBS;PRECOMPILED" ${ARGN})

  set(view ${CMAKE_BINARY_DIR}/rooms/${NAME})
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view})
  foreach(visible IN LISTS ROOM_DEPS ITEMS ${NAME})
    file(CREATE_LINK ${AG_SRC}/${visible} ${view}/${visible} SYMBOLIC)
  endforeach()

  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${AG_SRC}/${NAME}/*.cpp)
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER all EXCLUDE REGEX "_test\\.cpp$")

  if(NOT all)
    add_library(ag_${NAME} INTERFACE)
    return()
  endif()
  add_library(ag_${NAME} STATIC ${all})
  target_include_directories(ag_${NAME} PRIVATE ${view})
  foreach(dep IN LISTS ROOM_DEPS)
    target_link_libraries(ag_${NAME} PUBLIC ag_${dep})
  endforeach()
  target_link_libraries(ag_${NAME} PUBLIC ${ROOM_LIBS} PRIVATE ag_flags)
  list(TRANSFORM ROOM_PRECOMPILED REPLACE "(.+)" "<\\1>" OUTPUT_VARIABLE precompiled)
  if(precompiled OR NAME STREQUAL "base")
    target_precompile_headers(ag_${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp ${precompiled})
  else()
    target_precompile_headers(ag_${NAME} REUSE_FROM ag_base)
  endif()

  # The second lock: include lines and, for pure rooms, the symbols of the built library.
  set(pure "")
  if(ROOM_PURE)
    set(pure --pure)
  endif()
  add_custom_command(TARGET ag_${NAME} POST_BUILD
    COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/check_room.py --room ${NAME} ${pure}
            --deps "${ROOM_DEPS}" --source ${AG_SRC}/${NAME} --library $<TARGET_FILE:ag_${NAME}>
    VERBATIM)

  if(AG_TESTS AND tests)
    add_executable(${NAME}_test ${tests})
    target_include_directories(${NAME}_test PRIVATE ${view})
    target_compile_definitions(${NAME}_test PRIVATE AG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${NAME}_test PRIVATE ag_${NAME} ag_flags GTest::gtest GTest::gtest_main Threads::Threads)
    if(precompiled OR NAME STREQUAL "base")
      target_precompile_headers(${NAME}_test PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled_test.hpp ${precompiled})
    else()
      target_precompile_headers(${NAME}_test REUSE_FROM base_test)
    endif()
    add_dependencies(unit_tests ${NAME}_test)
    add_test(NAME ${NAME} COMMAND ${NAME}_test --gtest_brief=1)
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 900)
  endif()
endfunction()
