"""What only an improver can try: its handles, and the conversation behind them."""


def spend_more_than_the_budget(utility, language_model):
    for _ in range(100):
        utility("x")
    for _ in range(100):
        try:
            language_model.prompt("e", "m", 100)
        except BaseException:
            continue


def raise_the_budget(utility, language_model):
    for handle in (utility, language_model):
        for name in ("budget", "uses", "_budget", "max_responses_per_call"):
            setattr(handle, name, 10**6)
            object.__setattr__(handle, name, 10**6) if name.startswith("_") else None
    for _ in range(100):
        utility("x")


def spend_by_forged_requests(utility, language_model):
    conversation = utility._conversation
    ask = type(utility).__call__.__globals__["AskUtility"]
    for _ in range(100):
        conversation.ask(ask(conversation.next_id(), b"x"))


def spend_in_many_threads(utility, language_model):
    import threading

    threads = [threading.Thread(target=utility, args=("x",)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def use_one_number_for_all_requests(utility, language_model):
    conversation = utility._conversation
    conversation.next_id = lambda: 1
    for _ in range(100):
        utility("x")


def find_another_model_or_key(utility, language_model):
    return repr(vars(language_model)) + repr(vars(language_model._conversation))
