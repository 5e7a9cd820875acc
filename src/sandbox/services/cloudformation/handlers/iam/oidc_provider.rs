//! OIDC identity providers, which `Ref` names by their ARN.

use serde_json::{Map, Value, json};

use super::{Entity, Link, create, relink, retag, tags_or_null};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, text, texts,
    without_nulls,
};

const PROVIDER: Entity = Entity {
    noun: "OpenIDConnectProvider",
    name: "OpenIDConnectProviderArn",
    longest: 255,
    attributes: &["Arn"],
};

pub(in super::super) struct OidcProvider;

impl Handler for OidcProvider {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let url = text(new, "Url").unwrap_or_default();
        let members = without_nulls(json!({
            "Url": url,
            "ClientIDList": new.get("ClientIdList"),
            "ThumbprintList": new.get("ThumbprintList"),
            "Tags": tags_or_null(site, new),
        }));
        let answer = create(ctx, site, "CreateOpenIDConnectProvider", url, members)?;
        let arn = answer.get(PROVIDER.name).and_then(Value::as_str);
        let arn = arn.unwrap_or_default().to_owned();
        Ok(Made {
            attributes: Map::from_iter([("Arn".to_owned(), Value::from(arn.as_str()))]),
            physical_id: arn,
        })
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        let arn = &made.physical_id;
        relink(ctx, site, change, |properties| {
            let link = |client| Link {
                add: "AddClientIDToOpenIDConnectProvider".to_owned(),
                remove: "RemoveClientIDFromOpenIDConnectProvider".to_owned(),
                members: json!({PROVIDER.name: arn, "ClientID": client}),
            };
            let clients = texts(properties, "ClientIdList");
            clients.into_iter().map(link).collect()
        })?;
        if change.of("ThumbprintList") {
            let members = json!({
                PROVIDER.name: arn,
                "ThumbprintList": texts(change.new, "ThumbprintList"),
            });
            let operation = "UpdateOpenIDConnectProviderThumbprint";
            call(ctx, site, Iam, operation, members)?;
        }
        retag(ctx, site, PROVIDER, arn, change)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        arn: &str,
        _: &Properties,
    ) -> Outcome<()> {
        let members = json!({PROVIDER.name: arn});
        call_unless_gone(ctx, site, Iam, "DeleteOpenIDConnectProvider", members)
    }
}
