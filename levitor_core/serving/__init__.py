"""Where videos are made: in this process unless told otherwise, else in others, behind one small interface.

    jobs         Rendering.submit(project) -> Job: its events, and how to cancel it; a renderer that hands its work on
      ^
    worker       such a process
      ^
    workers      Rendering by processes of this host, one a GPU        replicas     by Ray Serve, for clusters

In process there is no job: the engine calls its renderers themselves.
"""
