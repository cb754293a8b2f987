"""How well a video followed the paths, measured without a network and beside Preview's own figures.

    by_colour, flow    PURE   where things are in a video: by their colours, by optical flow
      ^
    measures           PURE   a video and what was planned -> Adherence
    plans              Project -> Planned: what Preview shows of every object, frame by frame
      ^
    comparison         Project and video -> Adherence of both, and one sentence (`words`) on what to change
      ^
    report             of files: a table, JSON, a picture

What the measures cannot see in Preview itself (an object the colour of its surroundings) they say of no video.
"""
