"""A server that strangers may use: what it allows, who asks, whose turn it is, what is kept for how long.

    settings     every limit and setting, from the environment; `settings_table` makes docs/settings.md of it
      ^
    visitors     request -> client: a user, else an address, proxies believed only where declared
    aside        what may take its time gives way
    turns        FairQueue: a bounded number of calls at once, the next one from whom was served longest ago
    listeners    which event streams are open, so that work for nobody ends
    bodies       what a request may send, how much and how slowly
    lines        connections that stand still, ended
    logins       wrong passwords, slowed
    failures     one sentence for a client, and none of its values for the log
    jobs         how long the running work may take, and whether anybody still waits for it
    safety       what the host refuses: by its sum, or by a check of its own
    plates       what the stage's functions make again and again, the oldest deleted
    given        the files that an event is given
    events       how many of the page's events wait or run
    sessions     what pages hold in Gradio's memory
    shelf        the page's own files, compressed once
    origins      which other sites' pages may call or frame the server
    metrics      what is counted for Prometheus
    logs         what the server writes of itself, by request
    state        `/health` and `/metrics`
      ^
    guard        ASGI middleware over all of these; headers, origins
    service      what all requests share, and how `launch` is called
    page         gr.Blocks whose events take turns and fail in one sentence

Handlers ask `visitors.client_of(request)`; nothing here knows what they do.
"""
