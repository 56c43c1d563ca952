# What is done before the first job and after the last one.


def begin_run():
    """What is done before the first job: the lock is taken, the resolved configuration written, and new scenes looked at.

    Locked here and not by Snakemake, whose lock outlives a killed driver. Written here and not by a rule: a rule whose
    output is consumed through ancient() hides changed params downstream. All shards and a run of everything write the
    same, so that a job is the same in all of them.
    """
    try:
        if workflow.non_local_exec:
            branches = (f"_{network}_{refinement}" for network, refinement in RUN.maps)
            check_cluster_names(SCENES, beside=max(map(len, branches), default=0))
        hold_run(Path(RESULTS), MODE.part)
        with telling_unwritable(Path(CONFIG)):
            write_config(WHOLE, Path(CONFIG), finished=SCENES if MODE.gather else None)
    except UserError as error:
        raise refusal(str(error)) from None
    if MODE.shard:
        workflow.scheduler.keepgoing = True  # as --keep-going does: one bad scene does not stop the others
    elif not MODE.gather:
        name_networks_without_onnx()
        check_inputs()


def name_networks_without_onnx():
    """Say which networks are not exported: methods of single pixels have no layers, ensembles no model of their own."""
    without = [name for name in RUN.networks if name not in WITH_LAYERS]
    if without:
        logger.info(f"no ONNX model, because they have no layers of their own: {', '.join(without)}")


def check_inputs():
    """List every fault of the configuration, and of all scenes that were not inspected yet, before the first job."""
    real = [scene.name for scene in asked if scene.simulate is None]
    new = [name for name in real if not Path(RESULTS, "scenes", name, "inspection.json").exists()]
    command = [sys.executable, "-m", "rs_seg", "check", "--config", CONFIG, "--threads", str(CORES)]
    # Names come through a pipe: the arguments of a program may have two megabytes.
    command += ["--scenes", "-", "--log", f"{RESULTS}/logs/check.log"]
    if subprocess.run(command, input="\n".join(new), text=True, encoding="utf-8").returncode != 0:
        raise WorkflowError("inputs have faults, listed above; no job was started")


def begin_as_module(handler):
    """Let the workflow that uses this one as a module run our handler too: Snakemake runs only that of the main workflow.

    One that is declared after `use rule` replaces this, and has to call `NAME.onstart()`.
    """
    begun = workflow._onstart

    def begin(log):
        begun(log)
        handler()

    workflow._onstart = begin


def tell_costs():
    """What the run has cost so far, where jobs have left records; a run does not fail for it. Shards leave it to the end."""
    if not MODE.shard and Path(RESULTS, "logs").is_dir():
        command = [sys.executable, "-m", "rs_seg", "costs", "--config", CONFIG]
        if subprocess.run(command).returncode != 0:
            logger.warning("costs of the run were not summed up; the reason is above")
