//! What a plain Kuma global wants of a zone beside sync: a sign of life now and then, and what its proxies show.
//!
//! Each stream has a task of its own. What becomes of one is nothing to the session; only a sign of life that is not taken ends it, as
//! with Kuma's zones.
use super::{Client, Connect};
use crate::kds::sessions::Stop;
use std::{future::Future, time::Duration};
use strait_core::sync::{Dialect, Session};
use strait_proto::kds::{
    ClustersRequest, ClustersResponse, StatsRequest, StatsResponse, XdsConfigRequest, XdsConfigResponse, ZoneHealthCheckRequest,
    ZoneHealthCheckResponse, clusters_response, stats_response, xds_config_response,
};
use tokio::{sync::mpsc, time::sleep};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming, transport::Channel};

/// How often a zone says that it is there, unless it is told how often.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(300);
/// So many answers may wait to be read. Then the stream ends.
const MOST_ANSWERS: usize = 64;
/// Why nothing is shown.
const NO_PROXY: &str = "no proxy is connected to this control plane";

impl<C: Connect> Client<C> {
    /// Does what is wanted beside sync, until the session ends. `answer` is what global said to the first sign of life.
    pub(super) fn attend(&self, channel: &Channel, session: Session, stop: &Stop, answer: &ZoneHealthCheckResponse) {
        tokio::spawn(self.clone().say_that_it_is_there(channel.clone(), session, stop.clone(), wanted(answer)));
        let mut global = self.global(channel.clone());
        tokio::spawn(self.show(stop, |said| async move { global.stream_xds_configs(said).await }));
        let mut global = self.global(channel.clone());
        tokio::spawn(self.show(stop, |said| async move { global.stream_stats(said).await }));
        let mut global = self.global(channel.clone());
        tokio::spawn(self.show(stop, |said| async move { global.stream_clusters(said).await }));
    }

    async fn say_that_it_is_there(self, channel: Channel, session: Session, mut stop: Stop, mut every: Duration) {
        let mut global = self.global(channel);
        loop {
            let request = self.signed(ZoneHealthCheckRequest {}, Dialect::Kuma);
            let said = async {
                sleep(every).await;
                global.health_check(request).await
            };
            let answer = tokio::select! {
                biased;
                _ = stop.changed() => return,
                answer = said => answer,
            };
            match answer {
                Ok(answer) => every = wanted(answer.get_ref()),
                Err(status) if status.code() == Code::Unimplemented => return,
                Err(status) => {
                    tracing::debug!(%session, ?status, "global does not take a sign of life");
                    return self.closed(session, None).await;
                }
            }
        }
    }

    /// Opens a stream on which global may ask for what a proxy shows, and answers.
    fn show<A, F, O>(&self, stop: &Stop, open: O) -> impl Future<Output = ()> + use<C, A, F, O>
    where
        A: Asked,
        F: Future<Output = Result<Response<Streaming<A>>, Status>>,
        O: FnOnce(Request<ReceiverStream<A::Answer>>) -> F,
    {
        let (answers, said) = mpsc::channel(MOST_ANSWERS);
        let (mut stop, asked) = (stop.clone(), open(self.signed(ReceiverStream::new(said), Dialect::Kuma)));
        let answering = async move {
            let mut asked = asked.await?.into_inner();
            while let Some(asked) = asked.message().await? {
                if answers.try_send(asked.refused(NO_PROXY)).is_err() {
                    return Err(Status::resource_exhausted("the answers are not read"));
                }
            }
            Ok(())
        };
        async move {
            let ended = tokio::select! {
                biased;
                _ = stop.changed() => return,
                ended = answering => ended,
            };
            tracing::debug!(?ended, "global asks no more for what proxies show");
        }
    }
}

/// How often global wants to hear.
fn wanted(answer: &ZoneHealthCheckResponse) -> Duration {
    let wanted = answer.interval.and_then(|interval| Duration::try_from(interval).ok());
    wanted.filter(|wanted| !wanted.is_zero()).unwrap_or(SIGN_OF_LIFE_EVERY)
}

/// A question about a proxy.
trait Asked {
    type Answer;

    /// The answer that nothing is shown, and why.
    fn refused(self, why: &str) -> Self::Answer;
}

impl Asked for XdsConfigRequest {
    type Answer = XdsConfigResponse;

    fn refused(self, why: &str) -> XdsConfigResponse {
        XdsConfigResponse { request_id: self.request_id, result: Some(xds_config_response::Result::Error(why.to_owned())) }
    }
}

impl Asked for StatsRequest {
    type Answer = StatsResponse;

    fn refused(self, why: &str) -> StatsResponse {
        StatsResponse { request_id: self.request_id, result: Some(stats_response::Result::Error(why.to_owned())) }
    }
}

impl Asked for ClustersRequest {
    type Answer = ClustersResponse;

    fn refused(self, why: &str) -> ClustersResponse {
        ClustersResponse { request_id: self.request_id, result: Some(clusters_response::Result::Error(why.to_owned())) }
    }
}
