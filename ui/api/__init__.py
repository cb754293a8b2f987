"""What programs call: the command line's commands as calls, a file in and a file out, with no session between them.

    parameters   an option of a command -> its JSON schema, its widget, and the value that the command takes
      ^
    steps        which commands are calls, what they are called and what they make; runs one
      ^
    endpoints    the calls on the page: `/prepare`, `/select`, ... `/render`, for Python, curl and MCP

docs/api.md shows each at work.
"""

from ui.api.endpoints import wire as wire
